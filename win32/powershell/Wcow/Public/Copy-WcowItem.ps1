# SPDX-License-Identifier: MIT
function Copy-WcowItem {
    <#
    .SYNOPSIS
    Copies files into and out of containers.
    .DESCRIPTION
    Copies files and folders, as wcow cp does, of running containers, too. Contents and times are copied, security
    is not.
    .PARAMETER Path
    What is copied: on this host, or with -FromContainer in the container. Files of Get-ChildItem are taken.
    .PARAMETER Destination
    Where to: on this host, or with -ToContainer in the container.
    .PARAMETER ToContainer
    The container to copy into.
    .PARAMETER FromContainer
    The container to copy from.
    .PARAMETER FollowLink
    Copies what a link leads to.
    .EXAMPLE
    Copy-WcowItem C:\site -ToContainer web -Destination C:\inetpub
    .EXAMPLE
    Copy-WcowItem C:\logs -FromContainer web -Destination .
    .EXAMPLE
    Get-ChildItem *.config | Copy-WcowItem -ToContainer web -Destination C:\app
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('FullName')]
        [string[]] $Path,
        [Parameter(Mandatory = $true, Position = 1)]
        [string] $Destination,
        [Parameter(Mandatory = $true, ParameterSetName = 'To')]
        [string] $ToContainer,
        [Parameter(Mandatory = $true, ParameterSetName = 'From')]
        [string] $FromContainer,
        [switch] $FollowLink
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Copy-WcowItem' -Bound $PSBoundParameters) + '--quiet'
        foreach ($each in $Path) {
            if ($ToContainer) {
                $pair = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($each), "${ToContainer}:$Destination"
            } else {
                $pair = "${FromContainer}:$each", $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Destination)
            }
            if ($PSCmdlet.ShouldProcess($pair[0], "Copy to $($pair[1])")) {
                Invoke-WcowTool -Argument ($argument + $pair) -Cmdlet $PSCmdlet -Target $each
            }
        }
    }
}
