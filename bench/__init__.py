"""Side-by-side benchmarks of arvgate; C{make bench} runs them."""
