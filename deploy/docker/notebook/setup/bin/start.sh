#!/bin/bash
# Prepares the user of the container, then becomes the command it is given.
# Started as root, it becomes NB_USER (NB_UID:NB_GID) and gives them their home with CHOWN_HOME=yes, and CHOWN_EXTRA's folders.
set -e

say() { [[ -n "${JUPYTER_DOCKER_STACKS_QUIET:-}" ]] || echo "start.sh: $*" >&2; }

run_hooks() {
    local file
    for file in "$1"/*; do
        case "$file" in
            *.sh) say "sourcing $file"; source "$file" || say "$file failed" ;;
            *) if [[ -f "$file" && -x "$file" ]]; then say "running $file"; "$file" || say "$file failed"; fi ;;
        esac
    done
}

if [[ $# -eq 0 ]]; then set -- bash; fi
if [[ "$1" == */start.sh || "$1" == start.sh ]]; then
    say 'is the entry point already; it is not needed in the command'
    shift
fi
run_hooks /usr/local/bin/start-notebook.d

become=()
if [[ $(id -u) -eq 0 ]]; then
    user=${NB_USER:-jovyan} uid=${NB_UID:-1000} gid=${NB_GID:-100}
    if [[ "$user" != jovyan && "$user" != root ]] && id jovyan >/dev/null 2>&1; then
        usermod --login "$user" --home "/home/$user" jovyan
        if [[ ! -e "/home/$user" ]]; then cp -a /home/jovyan "/home/$user"; fi
        if [[ "$PWD/" == /home/jovyan/* ]]; then cd "/home/$user${PWD#/home/jovyan}"; fi
    fi
    if [[ "$user" != root ]]; then
        getent group "$gid" >/dev/null || groupadd --gid "$gid" "${NB_GROUP:-$user}"
        usermod --non-unique --uid "$uid" --gid "$gid" --append --groups 100 "$user"
        become=(setpriv --reuid "$uid" --regid "$gid" --init-groups)
    fi
    export HOME="/home/$user" USER="$user" LOGNAME="$user"
    if [[ "${CHOWN_HOME:-}" == 1 || "${CHOWN_HOME:-}" == yes ]]; then
        chown ${CHOWN_HOME_OPTS:-} "$uid:$gid" "$HOME"
    fi
    if [[ -n "${CHOWN_EXTRA:-}" ]]; then
        for folder in ${CHOWN_EXTRA//,/ }; do chown ${CHOWN_EXTRA_OPTS:-} "$uid:$gid" "$folder"; done
    fi
elif [[ ! -w "$HOME" ]]; then
    say "$(id -u):$(id -g) may not write to $HOME"
fi

run_hooks /usr/local/bin/before-notebook.d
for name in ${JUPYTER_ENV_VARS_TO_UNSET//,/ }; do unset "$name"; done
exec "${become[@]}" "$@"
