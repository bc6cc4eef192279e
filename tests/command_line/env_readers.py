"""What `python-dotenv` reads from `.env` files: python env_readers.py FILE…, printed as JSON."""

import json
import logging
import sys

from dotenv import dotenv_values

logging.disable()
print(json.dumps([dotenv_values(file) for file in sys.argv[1:]]))
