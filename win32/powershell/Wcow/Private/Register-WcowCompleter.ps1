# SPDX-License-Identifier: MIT
# What parameters of a name offer, in every cmdlet that has one: names of this host, or words.
$script:Words = @{
    Isolation = 'default', 'process', 'hyperv'
    LogDriver = 'etwlogs', 'json-file', 'local', 'none'
    Pull = 'always', 'missing', 'never'
    Restart = 'no', 'always', 'unless-stopped', 'on-failure'
    Schema = '1', '2'
    Status = 'created', 'running', 'paused', 'exited', 'dead'
    Signal = 'KILL', 'TERM', 'INT', 'BREAK', 'CLOSE', 'LOGOFF', 'SHUTDOWN'
    StopSignal = 'KILL', 'TERM', 'INT', 'BREAK', 'CLOSE', 'LOGOFF', 'SHUTDOWN'
    Driver = 'nat', 'transparent', 'l2bridge', 'l2tunnel', 'internal', 'private', 'ics'
}

function Register-WcowCompleter {
    $cmdlets = @($script:Commands.Cmdlets.Keys)
    foreach ($parameter in $script:Words.Keys) {
        Register-ArgumentCompleter -CommandName $cmdlets -ParameterName $parameter -ScriptBlock {
            param($commandName, $parameterName, $wordToComplete)
            $null = $commandName
            Get-WcowCompletion -Word $script:Words[$parameterName] -Begin $wordToComplete
        }
    }
    foreach ($kind in $script:Listings.Keys) {
        Register-ArgumentCompleter -CommandName $cmdlets -ParameterName $kind -ScriptBlock {
            param($commandName, $parameterName, $wordToComplete)
            $null = $commandName
            Get-WcowCompletion -Word @(Read-WcowName -Kind $parameterName) -Begin $wordToComplete
        }
    }
}

# Nobody reads an error here: there is nothing to offer then. By .NET's own means, since 5.1 takes names for text in the
# console's code page, and what a program writes to a standard error that is not read for exceptions.
function Read-WcowName {
    param([string] $Kind)

    $process = Start-WcowProcess -Tool (Find-WcowTool) -Argument $script:Listings[$Kind]
    [void] $process.StandardError.ReadToEndAsync()
    $process.StandardOutput.ReadToEnd() -split '\r?\n' | Where-Object { $_ }
    $process.Dispose()
}

function Get-WcowCompletion {
    param([string[]] $Word, [string] $Begin)

    $Begin = $Begin.Trim('''"')
    foreach ($each in $Word | Where-Object { $_ -like "$Begin*" -and $_ -notlike '*<none>*' } | Sort-Object) {
        $text = if ($each -match '[\s''"(){},;&|$@#]') { "'" + ($each -replace '''', '''''') + "'" } else { $each }
        New-Object System.Management.Automation.CompletionResult $text, $each, 'ParameterValue', $each
    }
}
