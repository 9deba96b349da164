"""Where in the space of parameters does what happen?"""
