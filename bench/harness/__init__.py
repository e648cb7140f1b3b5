"""What the benchmarks and the chaos run have in common."""
