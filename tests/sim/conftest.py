"""Games: the whole engine, puppets, a seed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # `game` and `referee` lie beside the tests
