# SPDX-License-Identifier: MIT
function Disconnect-WcowRegistry {
    <#
    .SYNOPSIS
    Signs out from a registry.
    .DESCRIPTION
    Forgets the credentials that Connect-WcowRegistry kept.
    .PARAMETER Registry
    Its name, as registry.example.com.
    .EXAMPLE
    Disconnect-WcowRegistry registry.example.com
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Registry
    )

    Invoke-WcowTool -Argument 'logout', $Registry -Cmdlet $PSCmdlet -Target $Registry | ForEach-Object { $PSCmdlet.WriteVerbose($_) }
}
