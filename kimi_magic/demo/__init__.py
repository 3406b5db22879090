"""The offline Kimi: a server on this machine that speaks Kimi's protocol, without a key, a network or a model."""
