/**
 * The program of the guard, for any POSIX shell. Its input tells it what runs; where the input ends, the program that
 * wrote it has ended, in whatever way, and so do the plugins.
 *
 * `running 12:group 34:answer` says all that run now, `end 12:group` asks for the end of one. A word is the number of a
 * plugin and its `Reach`. What answers, or helps to, writes into a pipe; a browser's output is elsewhere, or goes to the
 * stderr of the plugin. Only /proc tells that apart: where there is none the group ends, or the plugin alone.
 */
export const guardScript = `# keyturn: ends credential plugins when the program that started them has ended
answering() {
  echo "$1"
  for list in /proc/"$1"/task/*/children; do
    children=
    read -r children <"$list"
    for child in $children; do
      if [ -p /proc/"$child"/fd/1 ] || [ -S /proc/"$child"/fd/1 ]; then
        [ /proc/"$child"/fd/1 -ef /proc/"$plugin"/fd/2 ] || answering "$child"
      fi
    done
  done
}
parts() {
  if [ "$reach" = group ]; then echo "-$plugin"
  elif [ -d /proc/$$/task ]; then answering "$plugin"
  elif [ "$reach" = answer ]; then echo "-$plugin"
  else echo "$plugin"
  fi
}
any() {
  for part in $parts; do kill -s 0 -- "$part" && return; done
  return 1
}
finish() {
  plugin=\${1%:*}
  reach=\${1#*:}
  parts=$plugin
  if [ "$2" = patient ] && [ "$reach" = terminal ]; then sleep 0.5 || sleep 1; any || return; fi
  parts=$(parts)
  kill -s TERM -- $parts
  for tenth in 1 2 3 4 5 6 7 8 9 10; do
    any || return
    sleep 0.1 || sleep 1
  done
  kill -s KILL -- $parts
}
running=
while read -r word rest; do
  case $word in
    running) running=$rest ;;
    end) finish "$rest" & ;;
  esac
done
for each in $running; do finish "$each" patient & done
wait
`;
