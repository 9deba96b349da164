"""What do folders of runs and answers say, on one page?"""
