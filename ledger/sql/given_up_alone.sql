SELECT given_up_alone(id, %s) FROM account WHERE code = %s
