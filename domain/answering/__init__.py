"""What is said in return: what a reply is asked for, and the rules it must pass before it leaves."""
