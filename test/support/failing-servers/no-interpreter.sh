#!/nowhere/bin/python3
