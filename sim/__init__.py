"""The world, its clock and its laws; decides for nobody."""
