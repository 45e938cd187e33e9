# Asks for more memory than it may have, and ends as Python does then.
import resource

resource.setrlimit(resource.RLIMIT_AS, (256 * 1024 * 1024, 256 * 1024 * 1024))
print('loading the data', flush=True)
data = bytearray(1024 * 1024 * 1024)
