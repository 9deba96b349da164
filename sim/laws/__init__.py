"""Laws: what happens without anyone's will: war, settlement, events, land and bookkeeping."""
