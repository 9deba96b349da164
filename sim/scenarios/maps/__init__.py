"""Maps that scenarios share: the regions as TOML, their drawing as JSON, and the script that draws."""
