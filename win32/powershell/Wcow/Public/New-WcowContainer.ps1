# SPDX-License-Identifier: MIT
function New-WcowContainer {
    <#
    .SYNOPSIS
    Makes a container, without starting it.
    .DESCRIPTION
    Makes a container of an image, which is fetched where it is missing. Start-WcowContainer starts it.
    .PARAMETER Image
    The image: its name, or an object of Get-WcowImage.
    .PARAMETER Command
    What it runs, instead of what the image says; words that begin with - stand in quotes.
    .PARAMETER Name
    Its name; else one is made up.
    .PARAMETER Isolation
    default, process or hyperv.
    .PARAMETER Memory
    Bytes of memory, as 512MB.
    .PARAMETER Cpus
    Number of processors, as 1.5.
    .PARAMETER CpuCount
    Number of processors, whole ones.
    .PARAMETER CpuPercent
    Percent of all processors.
    .PARAMETER CpuShares
    Weight against other containers: 1 to 10000.
    .PARAMETER IoMaxBandwidth
    Bytes a second of the system drive.
    .PARAMETER IoMaxIops
    Operations a second of the system drive.
    .PARAMETER Environment
    Variables of its environment, as @{ KEY = "value" }.
    .PARAMETER EnvironmentFile
    Files with such variables.
    .PARAMETER Volume
    Volumes and folders, as C:\data:C:\data:ro or name:C:\data.
    .PARAMETER Mount
    Mounts in the long form: type=bind,source=C:\data,target=C:\data.
    .PARAMETER VolumesFrom
    Containers whose mounts it has, too.
    .PARAMETER VolumeDriver
    local.
    .PARAMETER Publish
    Ports of the host for its own, as 8080:80.
    .PARAMETER PublishAll
    Publishes all ports that the image exposes.
    .PARAMETER Expose
    Ports that it listens at.
    .PARAMETER Network
    Networks that it is on; none, or container:NAME.
    .PARAMETER NetworkAlias
    Other names of it on its network.
    .PARAMETER IPAddress
    Its address.
    .PARAMETER MacAddress
    Its hardware address.
    .PARAMETER Dns
    Name servers.
    .PARAMETER DnsSearch
    Domains to search names in.
    .PARAMETER AddHost
    Entries of its hosts file, as name:address.
    .PARAMETER HostName
    The name that it has for itself.
    .PARAMETER DomainName
    What follows that name.
    .PARAMETER User
    Whom its program runs as.
    .PARAMETER WorkingDirectory
    Where its program starts.
    .PARAMETER EntryPoint
    Takes the place of the image's ENTRYPOINT.
    .PARAMETER Label
    Notes on it, as @{ key = "value" }.
    .PARAMETER LabelFile
    Files with labels.
    .PARAMETER LogDriver
    json-file, local or none.
    .PARAMETER LogOption
    As @{ "max-size" = "10m" }.
    .PARAMETER Restart
    no, always, unless-stopped or on-failure[:n].
    .PARAMETER Schema
    Which form of documents runs it: 1, as Docker, or 2, as containerd; without it what daemon.json says, else 1.
    .PARAMETER SecurityOption
    As credentialspec=file://web.json.
    .PARAMETER StorageOption
    As @{ size = "40G" }.
    .PARAMETER Device
    Classes of devices, as class/GUID.
    .PARAMETER StopSignal
    What it is told to end with.
    .PARAMETER StopTimeout
    Seconds that it may take to end.
    .PARAMETER HealthCommand
    Tells whether it is healthy.
    .PARAMETER HealthInterval
    Time between two checks.
    .PARAMETER HealthTimeout
    How long a check may take.
    .PARAMETER HealthRetries
    Failures in a row before it is unhealthy.
    .PARAMETER HealthStartPeriod
    How long it may take to get ready.
    .PARAMETER HealthStartInterval
    Time between two checks meanwhile.
    .PARAMETER NoHealthCheck
    Runs none, whatever the image says.
    .PARAMETER Pull
    When the image is fetched: always, missing or never.
    .PARAMETER Platform
    Windows of which build, as 'windows(10.0.20348)/amd64' (in quotes).
    .PARAMETER Remove
    Removes it when it has ended.
    .EXAMPLE
    New-WcowContainer mcr.microsoft.com/windows/nanoserver:ltsc2022 -Name job -Command cmd, /c, 'echo hello' | Start-WcowContainer
    .EXAMPLE
    New-WcowContainer web:1 -Name web -Isolation hyperv -Memory 1GB -Publish 8080:80 -Restart always
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference')]
        [string] $Image,
        [Parameter(Position = 1, ValueFromRemainingArguments = $true)]
        [string[]] $Command,
        [string] $Name,
        [string] $Isolation,
        [int64] $Memory,
        [double] $Cpus,
        [int] $CpuCount,
        [int] $CpuPercent,
        [int] $CpuShares,
        [int64] $IoMaxBandwidth,
        [int64] $IoMaxIops,
        [hashtable] $Environment,
        [string[]] $EnvironmentFile,
        [string[]] $Volume,
        [string[]] $Mount,
        [string[]] $VolumesFrom,
        [string] $VolumeDriver,
        [string[]] $Publish,
        [switch] $PublishAll,
        [string[]] $Expose,
        [string[]] $Network,
        [string[]] $NetworkAlias,
        [string] $IPAddress,
        [string] $MacAddress,
        [string[]] $Dns,
        [string[]] $DnsSearch,
        [string[]] $AddHost,
        [string] $HostName,
        [string] $DomainName,
        [string] $User,
        [string] $WorkingDirectory,
        [string] $EntryPoint,
        [hashtable] $Label,
        [string[]] $LabelFile,
        [string] $LogDriver,
        [hashtable] $LogOption,
        [string] $Restart,
        [int] $Schema,
        [string[]] $SecurityOption,
        [hashtable] $StorageOption,
        [string[]] $Device,
        [string] $StopSignal,
        [int] $StopTimeout,
        [string] $HealthCommand,
        [timespan] $HealthInterval,
        [timespan] $HealthTimeout,
        [int] $HealthRetries,
        [timespan] $HealthStartPeriod,
        [timespan] $HealthStartInterval,
        [switch] $NoHealthCheck,
        [string] $Pull,
        [string] $Platform,
        [switch] $Remove
    )

    process {
        if ($PSCmdlet.ShouldProcess($Image, 'Create container')) {
            $argument = @(ConvertTo-WcowArgument -Name 'New-WcowContainer' -Bound $PSBoundParameters)
            Invoke-WcowTool -Argument ($argument + $Image + @($Command | Where-Object { $null -ne $_ })) -Cmdlet $PSCmdlet -Target $Image |
                Where-Object { $_ -match '^[0-9a-f]{64}$' } | ForEach-Object { Get-WcowContainer $_ }
        }
    }
}
