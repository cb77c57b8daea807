"""RecScope: train recommenders, browse what they recommend, and see whether the reasons given are true."""

import os

if "OMP_WAIT_POLICY" not in os.environ:
    # How long libgomp's threads spin before they sleep, read when torch loads it. Its own 300,000 rounds cost a training
    # on a busy machine twenty times its time; 3,000 cost one on a quiet machine nothing (docs/LOG.md).
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
