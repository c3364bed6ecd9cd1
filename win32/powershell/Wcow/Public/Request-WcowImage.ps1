# SPDX-License-Identifier: MIT
function Request-WcowImage {
    <#
    .SYNOPSIS
    Fetches images from a registry.
    .DESCRIPTION
    Downloads each image, shows progress, and returns it.
    .PARAMETER Image
    Names as mcr.microsoft.com/windows/nanoserver:ltsc2022.
    .PARAMETER AllTags
    All that the repository has.
    .PARAMETER Platform
    Windows of which build, as 'windows(10.0.20348)/amd64' (in quotes).
    .EXAMPLE
    Request-WcowImage mcr.microsoft.com/windows/nanoserver:ltsc2022
    .EXAMPLE
    'web:1', 'db:1' | Request-WcowImage | Format-Table
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Image')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference')]
        [string[]] $Image,
        [switch] $AllTags,
        [string] $Platform
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Request-WcowImage' -Bound $PSBoundParameters)
        foreach ($each in $Image) {
            if ($PSCmdlet.ShouldProcess($each, 'Pull image')) {
                Invoke-WcowTool -Argument ($argument + $each) -Cmdlet $PSCmdlet -Target $each | Show-WcowTransfer -Activity "Pulling $each" -Cmdlet $PSCmdlet
                if (-not $script:ExitCode -and $AllTags) {
                    Get-WcowImage $each
                } elseif (-not $script:ExitCode) {
                    Get-WcowNewImage -Name $each -Cmdlet $PSCmdlet
                }
            }
        }
    }
}
