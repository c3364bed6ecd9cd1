# SPDX-License-Identifier: MIT
# What parameters of a name offer, in every cmdlet that has one: names of this host, or words.
$script:Words = @{
    Isolation = 'default', 'process', 'hyperv'
    LogDriver = 'json-file', 'local', 'none'
    Pull = 'always', 'missing', 'never'
    Restart = 'no', 'always', 'unless-stopped', 'on-failure'
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
            # Nobody reads an error here: there is nothing to offer then.
            $names = & (Find-WcowTool) $script:Listings[$parameterName] 2>$null
            Get-WcowCompletion -Word $names -Begin $wordToComplete
        }
    }
}

function Get-WcowCompletion {
    param([string[]] $Word, [string] $Begin)

    $Begin = $Begin.Trim('''"')
    foreach ($each in $Word | Where-Object { $_ -like "$Begin*" -and $_ -notlike '*<none>*' } | Sort-Object) {
        $text = if ($each -match '[\s''"(){},;&|$@#]') { "'" + ($each -replace '''', '''''') + "'" } else { $each }
        New-Object System.Management.Automation.CompletionResult $text, $each, 'ParameterValue', $each
    }
}
