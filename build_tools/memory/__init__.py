"""What is remembered from one build to the next, in the process and on disk; knows nothing of what is remembered."""

from build_tools.memory.identity import fingerprint as fingerprint
from build_tools.memory.memory import Memory as Memory
from build_tools.memory.memory import Stage as Stage
