"""Functions that Kimi may call: declared, offered, asked for, carried out, and answered."""
