DROP TRIGGER refuse_truncate ON payment_attempt;
DROP TRIGGER refuse_lost_attempt ON payment_attempt;
DROP TRIGGER refuse_forgotten_attempt ON payment_attempt;
DROP FUNCTION refuse_forgotten_attempt();
DROP TRIGGER refuse_truncate ON orders;
DROP TRIGGER refuse_forgotten_order ON orders;
DROP TRIGGER refuse_fallen_order ON orders;
DROP FUNCTION refuse_fallen_order();
