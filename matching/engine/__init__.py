"""The matching engine: exact, proven and explained plans from integers alone, without Django or a clock."""
