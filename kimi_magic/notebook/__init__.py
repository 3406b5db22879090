"""Which notebook this kernel works for, and what that notebook's saved file holds."""
