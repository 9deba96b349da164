"""Laws: what happens without a will: war, settlement, events, land and bookkeeping."""
