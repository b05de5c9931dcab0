"""What the training scripts and the benchmark share: reading corpora, fitting, writing weights."""
