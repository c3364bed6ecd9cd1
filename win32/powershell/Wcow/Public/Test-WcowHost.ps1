# SPDX-License-Identifier: MIT
function Test-WcowHost {
    <#
    .SYNOPSIS
    Finds out what is wrong with this host.
    .DESCRIPTION
    Asks this host what containers need of it, and tells what is missing and what to do; with -Quiet, whether they
    can run.
    .PARAMETER Quiet
    True or false, nothing else.
    .EXAMPLE
    Test-WcowHost | Where-Object Verdict -ne fine | Format-List Question, Found, Remedy
    .EXAMPLE
    if (-not (Test-WcowHost -Quiet)) { Repair-WcowHost }
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Finding')]
    param(
        [switch] $Quiet
    )

    $findings = @(Get-WcowObject -Kind Finding -Argument 'doctor', '--format=json' -Cmdlet $PSCmdlet -Program)
    if ($Quiet) {
        $findings.Count -and -not ($findings | Where-Object { $_.Verdict -eq 'broken' })
    } else {
        $findings
    }
}
