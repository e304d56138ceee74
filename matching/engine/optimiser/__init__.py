"""From points and limits to the best plan, with the dual prices that prove it; shares no code with the proof."""
