/* SPDX-License-Identifier: MIT */
/* wcow completion: scripts for shells. They ask `wcow complete` at each Tab: it has the tables. */
#include <string.h>

#include "base/error.h"
#include "cli/all.h"

/*
 * Readline breaks words at ':' and '=', too, and replaces the last piece alone: the pieces are put
 * together again where no blank is between them, and what is before the last break is taken off.
 */
static const char bash[] =
    "# bash completion for wcow; load it with: source <(wcow completion bash)\n"
    "_wcow()\n"
    "{\n"
    "    local rest=${COMP_LINE:0:COMP_POINT} words=() each gap last word breaks= files=\n"
    "    for each in \"${COMP_WORDS[@]:0:COMP_CWORD+1}\"; do\n"
    "        gap=${rest%%[![:space:]]*}\n"
    "        rest=${rest#\"$gap\"}\n"
    "        [ -z \"$gap\" ] && [ ${#words[@]} -gt 0 ] || words+=('')\n"
    "        words[-1]+=${each:0:${#rest}}\n"
    "        rest=${rest:${#each}}\n"
    "    done\n"
    "    last=${words[-1]}\n"
    "    [[ $COMP_WORDBREAKS != *:* ]] || breaks+=:\n"
    "    [[ $COMP_WORDBREAKS != *=* ]] || breaks+==\n"
    "    [ -z \"$breaks\" ] || gap=${last%\"${last##*[$breaks]}\"}\n"
    "    [ -n \"$breaks\" ] || gap=\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r word each; do\n"
    "        word=${word%$'\\r'}\n"
    "        case $word in\n"
    "        :files) files=yes ;;\n"
    "        *) COMPREPLY+=(\"${word#\"$gap\"}\") ;;\n"
    "        esac\n"
    "    done < <(\"${words[0]/#\\~/$HOME}\" complete \"=$last\" \"${words[@]:1:${#words[@]}-2}\" "
    "2>/dev/null)\n"
    "    case ${COMPREPLY[*]} in *[:=]) compopt -o nospace ;; esac\n"
    "    [ -n \"$files\" ] || return 0\n"
    "    compopt -o filenames\n"
    "    while read -r word; do\n"
    "        COMPREPLY+=(\"$word\")\n"
    "    done < <(compgen -f -- \"${last#\"$gap\"}\")\n"
    "}\n"
    "complete -F _wcow wcow wcow.exe\n";

static const char powershell[] =
    "# PowerShell completion for wcow; load it with:\n"
    "#   wcow completion powershell | Out-String | Invoke-Expression\n"
    "Register-ArgumentCompleter -Native -CommandName wcow, wcow.exe -ScriptBlock {\n"
    "    param($wordToComplete, $commandAst, $cursorPosition)\n"
    "    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |\n"
    "        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |\n"
    "        ForEach-Object {\n"
    "            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) "
    "{\n"
    "                $_.Value\n"
    "            } else { $_.Extent.Text }\n"
    "        })\n"
    "    $last = \"$wordToComplete\".Trim([char[]]\"'`\"\")\n"
    "    $type = [System.Management.Automation.CompletionResultType]::ParameterValue\n"
    "    & $commandAst.GetCommandName() complete \"=$last\" @before 2>$null | ForEach-Object {\n"
    "        $word, $about = $_ -split \"`t\", 2\n"
    "        if ($word -eq ':files') {\n"
    "            [System.Management.Automation.CompletionCompleters]::CompleteFilename($last)\n"
    "        } else {\n"
    "            if (-not $about) { $about = $word }\n"
    "            [System.Management.Automation.CompletionResult]::new($word, $word, $type, "
    "$about)\n"
    "        }\n"
    "    }\n"
    "}\n";

static const struct {
    const char *name, *script;
} shells[] = {{"bash", bash}, {"powershell", powershell}};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    (void)values;
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(session->arguments[0], shells[i].name) == 0) {
            fputs(shells[i].script, session->out);
            return WCOW_OK;
        }
    }
    return error_set(err, WCOW_INVALID, "no completion for '%s': it is bash or powershell",
                     session->arguments[0]);
}

const struct command cmd_completion = {
    .name = "completion",
    .section = SECTION_OTHER,
    .summary = "Generate the completion script for a shell",
    .arguments = "bash|powershell",
    .notes = "In the profile of bash:\n\n"
             "  source <(wcow completion bash)\n"
             "\nin that of PowerShell:\n\n"
             "  wcow completion powershell | Out-String | Invoke-Expression",
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
