"""The outside: one folder per vendor, and the offline engines that stand in for them."""
