# SPDX-License-Identifier: MIT
function New-WcowVolume {
    <#
    .SYNOPSIS
    Makes a volume.
    .DESCRIPTION
    Makes a volume, in which data outlives containers, and returns it. One that is there already is returned.
    .PARAMETER Volume
    Its name; else one is made up.
    .PARAMETER Label
    Notes on it.
    .EXAMPLE
    $data = New-WcowVolume data
    Invoke-WcowContainer db:1 -Detach -Volume "$($data.Name):C:\data"
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Volume')]
    param(
        [Parameter(Position = 0)]
        [Alias('Name')]
        [string] $Volume,
        [hashtable] $Label
    )

    if ($PSCmdlet.ShouldProcess("$Volume", 'Create volume')) {
        $argument = @(ConvertTo-WcowArgument -Name 'New-WcowVolume' -Bound $PSBoundParameters)
        Invoke-WcowTool -Argument ($argument + @($Volume | Where-Object { $_ })) -Cmdlet $PSCmdlet -Target $Volume |
            ForEach-Object { Get-WcowVolume $_ }
    }
}
