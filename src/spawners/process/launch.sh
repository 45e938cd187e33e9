# Brings one notebook server to life. Called by launch.ts with the folder of its claims as the current folder:
#   launch.sh GENERATION FOLDER URL COMMAND [ARGUMENT…]
# The claim GENERATION.claim can be made once only (a hard link fails when the name is taken), and is complete from its first instant.
# Whoever finds it taken goes away with code 75: another launcher was faster, or a stop forbade the start.
# The shell stays as the parent of the server, so that its exit code is kept even when the hub is away.
generation=$1 folder=$2 url=$3
shift 3

start=- boot=-
if [ -r "/proc/$$/stat" ]; then
  # Field 22 is the start time in clock ticks since boot: proc(5).
  read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ start _ < "/proc/$$/stat"
  read -r boot < /proc/sys/kernel/random/boot_id
else
  start=$(ps -o lstart= -p "$$" | tr -s ' ' '_')
fi

draft=$generation.draft.$$
echo "$$ $start $boot $url" > "$draft" || exit 74
PATH=/usr/bin:/bin:$PATH ln "$draft" "$generation.claim" 2> /dev/null
won=$?
# Nobody comes after a launcher that is late: it clears its draft away itself.
PATH=/usr/bin:/bin:$PATH rm -f "$draft"
[ "$won" -eq 0 ] || exit 75
# Whoever clears the folder away moves it first, and removes the claims after that: a claim made in between does not count.
[ . -ef "$folder" ] || exit 75

# The hub reads the other end: its end-of-file says that the claim is decided.
exec 3>&-

# A caught signal is back at its default in the server; an ignored one would not be.
trap : HUP INT TERM
"$@"
code=$?
echo "$code" > "$generation.exit"
exit "$code"
