# Completion of sidetone's verbs, options and values for bash. Load it from ~/.bashrc, or install
# it as /usr/share/bash-completion/completions/sidetone.

_sidetone_options() {
  local client="--url --token --token-file --ca-file --insecure"
  case $1 in
    serve) echo "--config --dev --port --operations-port --ports-file --core-dumps --help" ;;
    check) echo "--json --recognise --help" ;;
    doctor) echo "--config --dev --offline --json --help" ;;
    send) echo "--agent --customer --swap --as --route --call-id --agent-id --agent-name --queue" \
      "--caller --language --speed --loop --no-progress --json --help --to --codec --ptime --loss" \
      "--burst --jitter --reorder --dup --drift --dtmf --hold --seed --srtp-suite --transport --sdp" \
      "--user --password-file --certificate --key" \
      "$client" ;;
    tail) echo "--call --agent --queue --team --events --min-severity --no-partials --until-end --wait" \
      "--require --json --help $client" ;;
    analyze) echo "--format --agent --customer --audio --channel-roles --speaker --config --rules --route" \
      "--call-id --agent-id --queue --caller --language --attribute --no-meaning --json --no-progress --help" ;;
    alerts) echo "--call --agent --queue --team --min-severity --all --watch --for --note --json" \
      "--help $client" ;;
    categories | scripts) echo "--tenant --version --json --help $client" ;;
    calls) echo "--agent --queue --team --all --summary --json --help $client" ;;
    rules)
      case $2 in
        check) echo "--json --help" ;;
        test) echo "--calls --labels --lexicon --whole --json --help" ;;
        rematch) echo "--rules --lexicon --whole --json --help $client" ;;
      esac
      ;;
    engine)
      case $2 in
        list) echo "--config --offline --json --help" ;;
        test) echo "--engine --config --reference --language --hints --channel --swap --realtime --speed" \
          "--max-wer --no-progress --json --help" ;;
      esac
      ;;
    token) echo "--scope --secret-file --secret-env --agent --call --tenant --subject --ttl --json" \
      "--help" ;;
    version) echo "--json --help" ;;
  esac
}

# What follows an option of a verb: words; "@file" or "@wav"; "@any" when it cannot be known.
_sidetone_values() {
  case $1:$2 in
    send:--agent | send:--customer | analyze:--agent | analyze:--customer | analyze:--audio | check:--recognise) echo "@wav" ;;
    analyze:--format) echo "call events transcribe assemblyai webvtt wav" ;;
    analyze:--channel-roles) echo "agent,customer customer,agent" ;;
    rules:--calls | rules:--labels | rules:--lexicon) echo "@file" ;;
    *:--config | *:--rules | *:--ports-file | *:--token-file | *:--ca-file | *:--secret-file)
      echo "@file" ;;
    send:--as) echo "pcm twilio acs rtp srtp siprec" ;;
    send:--codec) echo "pcmu pcma g722 opus l16 l16/8000 l16/44100 l16/48000" ;;
    send:--ptime) echo "10 20 30 40 50 60" ;;
    send:--srtp-suite) echo "AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_32 AEAD_AES_128_GCM" \
      "AEAD_AES_256_GCM" ;;
    send:--transport) echo "tcp udp tls" ;;
    send:--sdp | send:--password-file | send:--certificate | send:--key) echo "@file" ;;
    send:--to | send:--loss | send:--burst | send:--jitter | send:--reorder | send:--dup | \
      send:--drift | send:--dtmf | send:--hold | send:--seed | send:--user) echo "@any" ;;
    engine:--channel) echo "agent customer" ;;
    tail:--min-severity | alerts:--min-severity) echo "low medium high critical" ;;
    tail:--require) echo "agent customer alert sentiment" ;;
    tail:--events) echo "call.started call.updated call.dtmf call.ended transcript.partial transcript.final" \
      "category.matched category.provisional category.withdrawn alert.raised alert.repeated" \
      "alert.escalated alert.acknowledged alert.snoozed alert.reopened alert.assigned" \
      "alert.cleared sentiment.updated sentiment.shifted characteristics.updated silence.detected" \
      "question.unanswered question.answered profanity.detected language.suspect script.updated" \
      "topic.detected issue.detected call.summary pii.detected stt.degraded stt.recovered" ;;
    token:--scope) echo "calls:read calls:ingest alerts:write rules:write admin" ;;
    *:--port | *:--operations-port | *:--url | *:--token | *:--route | *:--call-id | *:--agent-id | \
      engine:--engine | engine:--reference | engine:--hints | engine:--max-wer | *:--agent-name | *:--queue | *:--team | *:--for | *:--note | categories:--version | scripts:--version | *:--caller | \
      *:--language | *:--speed | *:--call | *:--agent | *:--wait | *:--speaker | *:--attribute | \
      *:--secret-env | *:--tenant | *:--subject | *:--ttl) echo "@any" ;;
  esac
}

# The files that begin with $2; with $1 "wav", only WAV files and folders.
_sidetone_files() {
  local path
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do
    [ "$1" = wav ] && [ ! -d "$path" ] && [[ ! $path =~ \.[wW][aA][vV]$ ]] && continue
    COMPREPLY+=("$path")
  done < <(compgen -f -- "$2" | sort)
}

_sidetone() {
  local verbs="serve check doctor send tail calls alerts categories scripts rules engine analyze token version"
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
  local values prefix=
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$verbs help" -- "$word")
    return
  fi
  if [ "$verb" = help ]; then
    [ "$COMP_CWORD" -gt 2 ] || mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word")
    return
  fi
  # bash takes "--as=pcm" and "calls:read" for three words each.
  if [ "$word" = : ]; then
    prefix=$before: word= before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [ "$before" = : ]; then
    prefix=${COMP_WORDS[COMP_CWORD - 2]}: before=${COMP_WORDS[COMP_CWORD - 3]}
  fi
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  values=$(_sidetone_values "$verb" "$before")
  case $values in
    @wav | @file) _sidetone_files "${values#@}" "$word" ;;
    @any) ;;
    ?*)
      mapfile -t COMPREPLY < <(compgen -W "$values" -- "$prefix$word")
      COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
      ;;
    *)
      if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_sidetone_options "$verb" "${COMP_WORDS[2]}")" -- "$word")
      elif [ "$verb" = token ] && [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "create" -- "$word")
      elif [ "$verb" = alerts ] && [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "ack snooze assign clear" -- "$word")
      elif [[ $verb = @(categories|scripts) ]] && [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "list get put patch delete audit" -- "$word")
      elif [[ $verb = @(categories|scripts) ]] && [[ ${COMP_WORDS[2]} = @(put|patch) ]] && [ "$COMP_CWORD" = 4 ]; then
        _sidetone_files file "$word"
      elif [ "$verb" = rules ] && [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "check test rematch" -- "$word")
      elif [ "$verb" = engine ] && [ "$COMP_CWORD" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "list test" -- "$word")
      elif [ "$verb" = engine ] && [ "${COMP_WORDS[2]}" = test ]; then
        _sidetone_files wav "$word"
      elif [ "$verb" = rules ] && [ "${COMP_WORDS[2]}" != rematch ]; then
        _sidetone_files file "$word"
      elif [ "$verb" = send ]; then
        _sidetone_files wav "$word"
      elif [ "$verb" = check ] || [ "$verb" = analyze ]; then
        _sidetone_files file "$word"
      fi
      ;;
  esac
}

complete -F _sidetone sidetone
