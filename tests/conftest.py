"""What holds for every test: quiet, one thread, no screen."""

import os

# One thread makes small models faster and lets tests run side by side; kernels of notebooks inherit it.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["MPLBACKEND"] = "Agg"
# Tests may import TensorFlow before pisces, which would take Keras 3.
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
