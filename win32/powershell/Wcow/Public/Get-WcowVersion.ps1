# SPDX-License-Identifier: MIT
function Get-WcowVersion {
    <#
    .SYNOPSIS
    Tells the version of wcow.
    .DESCRIPTION
    The versions of wcow.exe and of what it was built with, and where it is.
    .EXAMPLE
    (Get-WcowVersion).Version
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Version')]
    param()

    Invoke-WcowTool -Argument 'version', '--format=json' -Cmdlet $PSCmdlet | ForEach-Object {
        $client = (ConvertFrom-Json -InputObject $_).Client
        [pscustomobject] @{
            PSTypeName = 'Wcow.Version'
            Version = $client.Version
            Interface = $client.Interface
            Compiler = $client.Compiler
            Dependencies = $client.Dependencies
            Path = Find-WcowTool
        }
    }
}
