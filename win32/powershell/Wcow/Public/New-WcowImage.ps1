# SPDX-License-Identifier: MIT
function New-WcowImage {
    <#
    .SYNOPSIS
    Makes an image of a container or of an archive.
    .DESCRIPTION
    Of a stopped container, as wcow commit, or of an archive of a file system, as wcow import: what Export-
    WcowContainer writes, a base layer, or the root of any Windows volume. The image comes out.
    .PARAMETER Container
    The container; it must not run.
    .PARAMETER Path
    The archive.
    .PARAMETER Image
    The image's name, as web:1.
    .PARAMETER Change
    Instructions of a Dockerfile, as "CMD web.exe".
    .PARAMETER Message
    A note on it.
    .PARAMETER Author
    As "Name <address>".
    .PARAMETER Platform
    Of which build the archive is.
    .EXAMPLE
    New-WcowImage build -Image web:1 -Change 'CMD web.exe', 'EXPOSE 80'
    .EXAMPLE
    New-WcowImage -Path C:\web.tar -Image web:1
    #>
    [CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'Container')]
    [OutputType('Wcow.Image')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ParameterSetName = 'Container', ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [string] $Container,
        [Parameter(Mandatory = $true, ParameterSetName = 'Path')]
        [string] $Path,
        [Parameter(Position = 1)]
        [string] $Image,
        [string[]] $Change,
        [string] $Message,
        [Parameter(ParameterSetName = 'Container')]
        [string] $Author,
        [Parameter(ParameterSetName = 'Path')]
        [string] $Platform
    )

    process {
        $source = if ($Path) { $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path) } else { $Container }
        if (-not $PSCmdlet.ShouldProcess($source, "Create image $Image")) {
            return
        }
        $argument = @(ConvertTo-WcowArgument -Name 'New-WcowImage' -Bound $PSBoundParameters)
        if ($Path) {
            $argument[0] = 'import'
        }
        Invoke-WcowTool -Argument ($argument + $source + @($Image | Where-Object { $_ })) -Cmdlet $PSCmdlet -Target $source | ForEach-Object {
            if ($_ -match '^sha256:[0-9a-f]{64}$') {
                Get-WcowNewImage -Name $(if ($Image) { $Image } else { $_ }) -Cmdlet $PSCmdlet
            }
        }
    }
}
