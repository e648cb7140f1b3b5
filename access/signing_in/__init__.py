"""How staff come in: password, then second factor, and nobody is signed in between the two.

`site` holds the pages, `attempts` how often one may try, `pending` what is remembered between the two steps, `sessions` how long
a session lasts. What is true of second factors themselves stands in `access.services.second_factor`.
"""
