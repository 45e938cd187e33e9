#!/bin/sh
# Lives, and does nothing.
echo 'waiting for the network'
exec sleep 1000
