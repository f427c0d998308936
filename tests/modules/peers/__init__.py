"""What stands at the other end: programs, clients and servers that httpd's modules talk to."""
