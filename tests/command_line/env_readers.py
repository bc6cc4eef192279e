"""Prints the values that `python-dotenv` reads from `.env` files as JSON: python env_readers.py FILE…"""

import json
import logging
import sys

from dotenv import dotenv_values

logging.disable()
print(json.dumps([dotenv_values(file) for file in sys.argv[1:]]))
