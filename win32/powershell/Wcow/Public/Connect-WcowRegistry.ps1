# SPDX-License-Identifier: MIT
function Connect-WcowRegistry {
    <#
    .SYNOPSIS
    Signs in to a registry.
    .DESCRIPTION
    Checks the credentials with the registry and keeps them, as wcow login does, with a credential helper where one
    is configured.
    .PARAMETER Registry
    Its name, as registry.example.com.
    .PARAMETER Credential
    The user and the password.
    .EXAMPLE
    Connect-WcowRegistry registry.example.com -Credential (Get-Credential)
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0)]
        [string] $Registry,
        [Parameter(Mandatory = $true, Position = 1)]
        [System.Management.Automation.PSCredential]
        [System.Management.Automation.Credential()] $Credential
    )

    $words = @{
        Argument = 'login', '--username', $Credential.UserName, '--password-stdin', $Registry
        Text = $Credential.GetNetworkCredential().Password
    }
    Invoke-WcowTool @words -Cmdlet $PSCmdlet -Target $Registry | ForEach-Object { $PSCmdlet.WriteVerbose($_) }
}
