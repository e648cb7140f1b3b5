DROP FUNCTION approval_digest(text, jsonb);
