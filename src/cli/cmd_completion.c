/* SPDX-License-Identifier: MIT */
/* wcow completion: scripts for shells, written from the tables of commands and options. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/commands.h"

static const char bash_head[] =
    "# bash completion for wcow; load it with: source <(wcow completion bash)\n"
    "_wcow_words()\n"
    "{\n"
    "    case \"$1\" in\n";

static const char bash_tail[] =
    "    *) echo '' ;;\n"
    "    esac\n"
    "}\n"
    "_wcow()\n"
    "{\n"
    "    local word=\"${COMP_WORDS[COMP_CWORD]}\" path='' each words\n"
    "    for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
    "        case \"$each\" in -*) continue ;; esac\n"
    "        if [ -n \"$(_wcow_words \"${path:+$path }$each\")\" ]; then\n"
    "            path=\"${path:+$path }$each\"\n"
    "        else\n"
    "            break\n"
    "        fi\n"
    "    done\n"
    "    words=\"$(_wcow_words \"$path\")\"\n"
    "    case \"$words\" in\n"
    "    *@container*) words=\"$words $(wcow ps -a --format '{{.Names}}' 2>/dev/null)\" ;;\n"
    "    *@image*) words=\"$words $(wcow images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)\" "
    ";;\n"
    "    esac\n"
    "    words=\"${words//@container/}\"\n"
    "    COMPREPLY=($(compgen -W \"${words//@image/}\" -- \"$word\"))\n"
    "}\n"
    "complete -o default -F _wcow wcow wcow.exe\n";

static const char powershell_head[] =
    "# PowerShell completion for wcow; load it with:\n"
    "#   wcow completion powershell | Out-String | Invoke-Expression\n"
    "Register-ArgumentCompleter -Native -CommandName wcow, wcow.exe -ScriptBlock {\n"
    "    param($wordToComplete, $commandAst, $cursorPosition)\n"
    "    $words = @{\n";

static const char powershell_tail[] =
    "    }\n"
    "    $path = ''\n"
    "    $elements = @($commandAst.CommandElements | Select-Object -Skip 1 |\n"
    "        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |\n"
    "        ForEach-Object { $_.ToString() } | Where-Object { $_ -notlike '-*' })\n"
    "    foreach ($element in $elements) {\n"
    "        $next = \"$path $element\".Trim()\n"
    "        if (-not $words.ContainsKey($next)) { break }\n"
    "        $path = $next\n"
    "    }\n"
    "    $list = @($words[$path] -split ' ')\n"
    "    if ($list -contains '@container') { $list += @(wcow ps -a --format '{{.Names}}' 2>$null) "
    "}\n"
    "    if ($list -contains '@image') {\n"
    "        $list += @(wcow images --format '{{.Repository}}:{{.Tag}}' 2>$null)\n"
    "    }\n"
    "    $list | Where-Object { $_ -notlike '@*' -and $_ -like \"$wordToComplete*\" } |\n"
    "        Sort-Object -Unique |\n"
    "        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }\n"
    "}\n";

struct shell {
    const char *name;
    const char *head, *tail;
    const char *open, *between, *close; /* around a path and its words */
};

static const struct shell shells[] = {
    {"bash", bash_head, bash_tail, "    '", "') echo '", "' ;;\n"},
    {"powershell", powershell_head, powershell_tail, "        '", "' = '", "'\n"},
};

static void print_options(FILE *out, const struct option *options)
{
    for (; options && options->name; options++)
        fprintf(out, " --%s", options->name);
}

/* What kind of thing the first argument of a command is; NULL: none that can be listed. */
static const char *kind_of(const char *arguments)
{
    static const struct {
        const char *begin, *kind;
    } kinds[] = {{"CONTAINER", "@container"},
                 {"IMAGE", "@image"},
                 {"SOURCE_IMAGE", "@image"},
                 {"NAME[:TAG", "@image"},
                 {"[REPOSITORY", "@image"}};

    for (size_t i = 0; arguments && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (text_starts_with(arguments, kinds[i].begin))
            return kinds[i].kind;
    return NULL;
}

/* The words that may follow a command: its options, and what kind of thing it works on. */
static void print_command(FILE *out, const struct shell *shell, const struct command *command)
{
    const char *path;

    for (size_t n = 0; (path = command_path(command, n)) != NULL; n++) {
        fprintf(out, "%s%s%s--help", shell->open, path, shell->between);
        print_options(out, command->options);
        if (kind_of(command->arguments))
            fprintf(out, " %s", kind_of(command->arguments));
        fputs(shell->close, out);
    }
}

static void print_group(FILE *out, const struct shell *shell, const struct command_group *group)
{
    fprintf(out, "%s%s%s--help", shell->open, group->name, shell->between);
    for (size_t i = 0; commands[i]; i++) {
        const char *path;

        for (size_t n = 0; (path = command_path(commands[i], n)) != NULL; n++) {
            const char *name = command_in_group(path, group);

            if (name)
                fprintf(out, " %s", name);
        }
    }
    fputs(shell->close, out);
}

static void print_top(FILE *out, const struct shell *shell)
{
    fprintf(out, "%s%s--help", shell->open, shell->between);
    print_options(out, global_options);
    for (const struct command_group *group = command_groups; group->name; group++)
        fprintf(out, " %s", group->name);
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->section != SECTION_HIDDEN && !strchr(commands[i]->name, ' '))
            fprintf(out, " %s", commands[i]->name);
    fputs(shell->close, out);
}

static void print_script(FILE *out, const struct shell *shell)
{
    fputs(shell->head, out);
    print_top(out, shell);
    for (const struct command_group *group = command_groups; group->name; group++)
        print_group(out, shell, group);
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->section != SECTION_HIDDEN)
            print_command(out, shell, commands[i]);
    fputs(shell->tail, out);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    (void)values;
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(session->arguments[0], shells[i].name) == 0) {
            print_script(session->out, &shells[i]);
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
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
