-- One canonical spelling of a payload, jsonb's own, so that Python and triggers speak of the same digest.
CREATE FUNCTION approval_digest(kind text, payload jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(kind || chr(10) || payload::text, 'UTF8')), 'hex')
$$;
