# SPDX-License-Identifier: MIT
function Repair-WcowHost {
    <#
    .SYNOPSIS
    Mends what is wrong with this host.
    .DESCRIPTION
    Does what Test-WcowHost found that can be mended without a decision of yours, and tells the findings.
    .EXAMPLE
    Repair-WcowHost -WhatIf
    .EXAMPLE
    Repair-WcowHost | Where-Object Fixed
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Finding')]
    param()

    if ($PSCmdlet.ShouldProcess('this host', 'Mend what is wrong')) {
        Get-WcowObject -Kind Finding -Argument 'doctor', '--fix', '--force', '--format=json' -Cmdlet $PSCmdlet -Program
    }
}
