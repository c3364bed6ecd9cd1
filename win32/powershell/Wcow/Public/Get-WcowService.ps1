# SPDX-License-Identifier: MIT
function Get-WcowService {
    <#
    .SYNOPSIS
    Lists the Windows services of containers.
    .DESCRIPTION
    The services in which monitors of containers run.
    .EXAMPLE
    Get-WcowService | Format-Table
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Service')]
    param()

    Get-WcowObject -Kind Service -Argument 'service', 'ls', '--no-trunc', '--format=json' -Cmdlet $PSCmdlet
}
