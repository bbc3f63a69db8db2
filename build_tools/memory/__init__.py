"""What is remembered from one build to the next, in the process and on disk; knows nothing of what is remembered."""

from build_tools.memory.digest import Digests as Digests
from build_tools.memory.digest import Undigestible as Undigestible
from build_tools.memory.digest import digest_of as digest_of
from build_tools.memory.digest import short_digest as short_digest
from build_tools.memory.identity import fingerprint as fingerprint
from build_tools.memory.memory import Memory as Memory
from build_tools.memory.objects import PerObject as PerObject
from build_tools.memory.objects import per_object as per_object
from build_tools.memory.stage import Stage as Stage
