/// Completion scripts for shells in which the program is asked what fits (`CompletionAnswer`).
enum ShellScripts {
    /// - Parameter names: the words a person types for the program.
    static func bash(_ names: [String]) -> String {
        let function = "_" + names[0].map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
        return #"""
            # Completion for bash 4 and newer.
            \#(function)() {
                local word line kind cur pattern i
                local -a words=() answer=()
                COMPREPLY=()
                # What is split at "=" belongs together.
                for ((i = 1; i <= COMP_CWORD; i++)); do
                    word=${COMP_WORDS[i]}
                    if [[ ${#words[@]} -gt 0 && ( $word == = || ${COMP_WORDS[i-1]} == = ) ]]; then
                        words[${#words[@]}-1]+=$word
                    else
                        words+=("$word")
                    fi
                done
                cur=${words[${#words[@]}-1]-}
                mapfile -t answer < <("${COMP_WORDS[0]/#\~/$HOME}" __complete -- "${words[@]}" 2>/dev/null)
                kind=${answer[0]-none}
                [[ $cur == --*=* ]] && word=${cur%%=*}= || word=
                for line in "${answer[@]:1}"; do
                    line=${line%%$'\t'*}
                    COMPREPLY+=("${line#"$word"}")
                done
                cur=${cur#"$word"}
                case $kind in
                dirs)
                    compopt -o filenames 2>/dev/null
                    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                files*)
                    compopt -o filenames 2>/dev/null
                    local -a found=() fitting=() patterns=()
                    mapfile -t found < <(compgen -f -- "$cur")
                    IFS=' ' read -r -a patterns <<<"${kind#files}"
                    for line in "${found[@]}"; do
                        if [[ -d ${line/#\~/$HOME} ]]; then fitting+=("$line"); continue; fi
                        for pattern in "${patterns[@]}"; do
                            # shellcheck disable=SC2053
                            [[ $line == ${pattern#:} ]] && { fitting+=("$line"); break; }
                        done
                    done
                    # If nothing is of the kind that is expected, whatever is there.
                    [[ ${#fitting[@]} -gt 0 ]] || fitting=("${found[@]}")
                    COMPREPLY+=("${fitting[@]}")
                    ;;
                esac
            }
            complete -F \#(function) \#(names.joined(separator: " "))

            """#
    }

    static func zsh(_ names: [String]) -> String {
        let function = "_" + names[0]
        return #"""
            #compdef \#(names.joined(separator: " "))
            # Completion for zsh.
            \#(function)() {
                local -a answer candidates patterns
                local kind line
                local typed=${(Q)words[CURRENT]}
                answer=("${(@f)$(${(Q)~words[1]} __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
                kind=${answer[1]}
                [[ $typed == --*=* ]] && compset -P '*='
                for line in "${(@)answer[2,-1]}"; do
                    [[ $typed == --*=* ]] && line=${line#*=}
                    if [[ $line == *$'\t'* ]]; then
                        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
                    elif [[ -n $line ]]; then
                        candidates+=("${line//:/\\:}")
                    fi
                done
                if (( ${#candidates} )); then
                    if [[ $typed == -* && $typed != --*=* ]]; then
                        _describe -o '\#(names[0])' candidates
                    else
                        _describe '\#(names[0])' candidates
                    fi
                fi
                case $kind in
                dirs) _files -/ ;;
                files:*)
                    patterns=(${(s: :)${kind#files:}})
                    _files -g "(${(j:|:)patterns})" || _files
                    ;;
                files) _files ;;
                esac
            }
            if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
                \#(function) "$@"
            else
                compdef \#(function) \#(names.joined(separator: " "))
            fi

            """#
    }

    static func fish(_ names: [String]) -> String {
        let function = "__" + names[0].map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() + "_complete"
        let complete = names.map { "complete -c '\($0)' -f -a '(\(function))'" }.joined(separator: "\n")
        return #"""
            # Completion for fish.
            function \#(function)
                set -l words (commandline -opc)
                set -l program $words[1]
                set -e words[1]
                set -l token (commandline -ct)
                set -q token[1]; or set token ''
                set -l answer ($program __complete -- $words $token 2>/dev/null)
                set -l kind $answer[1]
                for line in $answer[2..]
                    echo $line
                end
                set -l start (string match -r -- '^--[^=]*=' $token)
                # With an empty list nothing would be printed.
                set -q start[1]; or set start ''
                set -l typed (string replace -r -- '^--[^=]*=' '' $token)
                switch "$kind"
                    case dirs
                        for file in (__fish_complete_directories "$typed" '')
                            echo $start$file
                        end
                    case 'files*'
                        set -l patterns (string split ' ' (string replace -r '^files:?' '' $kind))
                        set -l found (complete -C "__fish_command_without_completions $typed")
                        set -l fitting
                        for file in $found
                            set -l name (string split -f1 \t -- $file)
                            if string match -q -- '*/' $name
                                set -a fitting $name
                                continue
                            end
                            for pattern in $patterns
                                if string match -q -- $pattern $name
                                    set -a fitting $name
                                    break
                                end
                            end
                        end
                        test (count $fitting) -gt 0; or set fitting $found
                        for file in $fitting
                            echo $start$file
                        end
                end
            end
            \#(complete)

            """#
    }

    static func elvish(_ names: [String]) -> String {
        #"""
        # Completion for elvish.
        use str
        set edit:completion:arg-completer[\#(names[0])] = {|@words|
            var answer = [(try { (external $words[0]) __complete -- (all $words[1..]) 2>/dev/null } catch e { put none })]
            for line $answer[1..] {
                var parts = [(str:split "\t" $line)]
                if (== (count $parts) 2) {
                    edit:complex-candidate $parts[0] &display=$parts[0]'  '$parts[1]
                } else {
                    put $parts[0]
                }
            }
            if (or (str:has-prefix $answer[0] files) (eq $answer[0] dirs)) {
                edit:complete-filename $words[-1]
            }
        }

        """#
    }
}
