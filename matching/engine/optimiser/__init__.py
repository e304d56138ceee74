"""From points and limits to the best plan and its dual prices, sharing no code with the proof."""
